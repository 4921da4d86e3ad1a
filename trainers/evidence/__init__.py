"""Why an answer was given: walks read from attentions, what each proves, what falls without them."""

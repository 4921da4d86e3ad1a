"""Choosing, of the pairs that a layer reaches, those that go on."""

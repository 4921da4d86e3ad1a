"""The one door to trained models: runs are loaded, asked and measured here."""

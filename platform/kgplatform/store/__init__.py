"""Stores: one adapter for every server that speaks Bolt, and how each server comes to be."""

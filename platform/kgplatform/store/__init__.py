"""Stores: one adapter for every server that speaks Bolt, and how each server comes to be."""

from kgplatform.store.opening import available_stores, down, open_store, server_state, up

__all__ = ["available_stores", "down", "open_store", "server_state", "up"]

"""The one adapter: a store on any server that speaks Bolt, in one dialect."""

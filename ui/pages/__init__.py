"""The pages, one file each, found by name; each says its title, icon and place in the order."""

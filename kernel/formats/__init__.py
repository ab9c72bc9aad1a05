"""How Django writes days and times where no tag of ours does (tables of the back office): as `when` does, with the year."""

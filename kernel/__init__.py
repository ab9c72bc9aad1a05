"""What every room stands on: money, state machines, facts and their delivery, refusals, deadlines, request keys, private documents, the clock."""

"""What every room stands on: money, machines, facts and their delivery, refusals, deadlines, request keys, documents, the clock."""

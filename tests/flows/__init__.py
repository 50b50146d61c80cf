"""Stories: what residents and operators live through, told once and run over every channel."""

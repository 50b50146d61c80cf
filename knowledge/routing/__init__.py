"""From a message to a decision: emergency first, then commands, then the nearest topic or complaint, else decline."""

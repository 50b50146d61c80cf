"""What happens when a resident or an operator writes. Handlers return replies; they never send."""

"""Forms parse what people typed; whether it may be done is decided by the actions."""

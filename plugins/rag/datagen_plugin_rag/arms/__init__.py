"""The arm and its four kinds of rows."""

"""The web page: what the topics say, shown to the people who answer for it. Console packages are the extra `console`."""

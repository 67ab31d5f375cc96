"""The web page: what the topics say, shown to the people who answer for it. Its packages are the extra `console`."""

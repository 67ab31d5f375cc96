"""How a shelf entry comes to be: corpus -> titles -> fitted pipeline -> published model. Never imported by `stream`."""

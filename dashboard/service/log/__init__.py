"""What the log page asks for over HTTP: a log's text in blocks, an overview, one line with its pairs and their effects."""

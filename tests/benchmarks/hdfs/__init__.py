"""Explanations against the known lines of anomalous HDFS blocks."""

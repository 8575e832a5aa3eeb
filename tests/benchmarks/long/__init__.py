"""Raw HDFS lines read in long windows: naming the lines of anomalous blocks without being told which lines belong together."""

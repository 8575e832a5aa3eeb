"""What happened in a file: incidents, the one to look at first in front, each with the reasons why it is shown."""

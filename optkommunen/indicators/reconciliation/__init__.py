"""Published figures against the official leg and against each other, with a verdict on each."""

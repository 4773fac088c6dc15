"""The same step in two well-known libraries, each as a site of one file in an environment of their own."""

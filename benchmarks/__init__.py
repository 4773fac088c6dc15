"""What the product costs, measured on the real server over loopback; see `./bench --help`."""

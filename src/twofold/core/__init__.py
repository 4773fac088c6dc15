"""The rules of the product: values in, values out; standard library only, no clock, no entropy."""

"""What a request asks the bank's systems to do: planned without a model, and the tools as planners see them."""

"""The HTTP API: parse a request, call one use case, render its answer."""

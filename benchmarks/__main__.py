"""`make bench`: every measurement, one after the other."""

from benchmarks import trigger

if __name__ == "__main__":
    trigger.main()

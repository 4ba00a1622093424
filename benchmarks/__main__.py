"""`make bench`: every measurement, one after the other."""

from benchmarks import bystander, trigger

if __name__ == "__main__":
    trigger.main()
    bystander.main()

"""The modules that the collector knows, and how much it finds to collect."""
import gc

print("modules", sorted(o.__name__ for o in gc.get_objects() if type(o) is type(gc)))
print("unreachable", gc.collect())

"""A pool manager that is never used, such as the one that urllib3 2 makes as it is imported."""
import os

import urllib3

kept = urllib3.PoolManager()
print("made", flush=True)
os._exit(0)

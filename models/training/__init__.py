"""Training and measuring of the models that Voiceroll ships.

Importing the package caps the linear algebra under NumPy at one thread: a crop's matrices are small, and
threads that wait for each other made the front end six times slower. PyTorch's threads are the recipe's.
"""

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

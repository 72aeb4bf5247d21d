"""The parts of scripts/gpu-check. The standard library alone; torch is in the process of yardstick_loops.py."""

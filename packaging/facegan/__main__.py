"""python -m facegan"""
import sys

from facegan import main

sys.argv[0] = "facegan"
main()

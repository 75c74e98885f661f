"""窓口 Madoguchi: a generative-AI platform that a Japanese local government runs itself."""

__version__ = "0.1.0"

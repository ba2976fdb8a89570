"""Tell the exposed before the call, and whoever asks whether a call is real.

Each file is one thing and is imported where it is used: a command that looks up a number should
not pay for a mail client.
"""

"""Records: sessions that survive their process: who is saved when, and who comes back."""

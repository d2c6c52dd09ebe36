"""What `make teach` writes: notebooks, slides, plans and a question bank."""

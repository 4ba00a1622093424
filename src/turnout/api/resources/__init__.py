"""What the API shows: one module per noun, with its attributes and how they are rendered."""

"""A problem laid out for pricing: limits as rows, households and areas as groups; what does not hang on prices."""

"""The parts that every desk is built of. Each knows the theme, the language and nothing of any desk."""

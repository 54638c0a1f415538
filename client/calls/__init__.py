"""Who is called in the pharmacy's hall: the screen, what is spoken, and what keeps both up to date. Shared by the desks that show it."""

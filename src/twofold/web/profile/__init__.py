"""The pages of one's own profile, and what mailed links open."""

"""The evasion lab: how sellers disguise a title, and what a model still makes of it. Nothing here is ever trained on
rows.
"""

"""What is particular to Identity Cloud: the organisation in the path, its forms, its calls.

Views and serializers are beside those of the other dialects; nothing here writes rows but events.
"""

"""What pages of the console cost at the sizes of issue 5: lists, searches, filters, details."""

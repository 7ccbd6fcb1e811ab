"""What a CRM does, one file a subject, on three shared mechanisms.

`fields` describes every field once, `changes` is the only door through which customer data is
written, `visibility` is the condition from which every read of it starts.
"""

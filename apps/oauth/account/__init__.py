"""What people see and change of their own: applications with access, sessions, e-mail address."""

"""The benchmark ``newcomer``: files of kinds that the project's own generator never makes, tried as a new user would."""

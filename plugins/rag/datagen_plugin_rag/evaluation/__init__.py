"""The evaluator of questions and answers."""

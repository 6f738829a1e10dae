"""The questionnaire: what is asked in which order and under which condition. `assemble` makes one."""

from forms.questionnaire.model import Answer, Question, Questionnaire, QuestionType, Screen, Section, Unless

__all__ = ["Answer", "Question", "QuestionType", "Questionnaire", "Screen", "Section", "Unless"]

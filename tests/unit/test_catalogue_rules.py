"""Each numbered rule of the catalogue, broken in a copy of its files: the refusal names file, entry, rule and remedy.

The numbers are those of docs/catalogue.md; 12 and 28 are advice and stop nobody, 27 is about workbooks.
Each case tells which words of which file were changed, and every line of the refusal.
"""

from pathlib import Path

import pytest
from catalogue_folder import Edit, broken, copy_of_the_catalogue, edit, findings

from forms import catalogue
from forms.catalogue.rules import RULES, advice

CASES: dict[str, tuple[list[Edit], list[str]]] = {
    "1 an indicator about persons asked of key informants": (
        [("indicators/CTE-IND-001.yaml", "methods:\n", "methods:\n  - ki\n")],
        [
            "indicators/CTE-IND-001.yaml: CTE-IND-001: an indicator about persons is asked in the field (ki) "
            "(rule 1). Keep desk and provider_agg only, with field_default never.",
            "indicators/CTE-IND-001.yaml: CTE-IND-001: is never asked in the field, yet has the method ki "
            "(rule 1). Remove the method or change field_default.",
        ],
    ),
    "1 a topic of sensitivity 4 in the field": (
        [
            ("indicators/CTE-COM-046.yaml", "sensitivity: 1", "sensitivity: 4"),
            ("indicators/CTE-COM-046.yaml", "min_release_geo: admin3", "min_release_geo: admin0"),
            ("indicators/CTE-COM-046.yaml", "min_release_period: month", "min_release_period: year"),
        ],
        [
            "indicators/CTE-COM-046.yaml: CTE-COM-046: sensitivity 4 is allowed in the field (rule 1). Set "
            "field_default to never.",
        ],
    ),
    "1 a field question that no method asks": (
        [("indicators/CTE-COM-048.yaml", "  - observation", "  - desk")],
        [
            "indicators/CTE-COM-048.yaml: CTE-COM-048: may be asked in the field, yet no method asks it "
            "(rule 1). Add a method or set never.",
        ],
    ),
    "2 sexual exploitation asked of key informants": (
        [
            ("indicators/CTE-COM-031.yaml", "  - desk", "  - ki"),
            ("indicators/CTE-COM-031.yaml", "field_default: never", "field_default: if_gap"),
            ("indicators/CTE-COM-031.yaml", "sensitivity: 4", "sensitivity: 3"),
        ],
        [
            "indicators/CTE-COM-031.yaml: CTE-COM-031: the question (en, fr, es, ar) is about a desk topic: "
            "sexual, household and armed violence belong to specialists and to the desk (rule 2). Keep the "
            "method desk only, with field_default never.",
        ],
    ),
    "2 household violence asked of providers": (
        [("indicators/CTE-HHD-016.yaml", "  - desk", "  - desk\n  - provider_agg")],
        [
            "indicators/CTE-HHD-016.yaml: CTE-HHD-016: the question (en, fr, es, ar) is about a desk topic: "
            "sexual, household and armed violence belong to specialists and to the desk (rule 2). Keep the "
            "method desk only, with field_default never.",
        ],
    ),
    "3 a question that names victims, in English": (
        [("indicators/CTE-COM-040.yaml", "people here being exploited", "victims here being exploited")],
        [
            "indicators/CTE-COM-040.yaml: CTE-COM-040: the question in 'en' holds 'victims': naming victims "
            "or trafficking puts the person who answers, and others, in danger (rule 3). Ask about the "
            "community in other words.",
        ],
    ),
    "3 a question that names trafficking, in Spanish": (
        [("indicators/CTE-COM-017.yaml", "  es: >-\n    ¿", "  es: >-\n    ¿La trata: ")],
        [
            "indicators/CTE-COM-017.yaml: CTE-COM-017: the question in 'es' holds 'la trata': naming victims "
            "or trafficking puts the person who answers, and others, in danger (rule 3). Ask about the "
            "community in other words.",
        ],
    ),
    "3 a question that asks for a name, in Arabic": (
        [("indicators/CTE-COM-011.yaml", "  ar: ", "  ar: ما اسم الشخص؟ ")],
        [
            "indicators/CTE-COM-011.yaml: CTE-COM-011: the question in 'ar' holds 'اسم': what identifies a "
            "person is never asked (rule 3). Ask about the community in other words.",
        ],
    ),
    "3 a question that asks for a phone number, in French": (
        [("indicators/CTE-COM-001.yaml", "  fr: ", "  fr: Numéro de téléphone et ")],
        [
            "indicators/CTE-COM-001.yaml: CTE-COM-001: the question in 'fr' holds 'numéro de téléphone': "
            "what identifies a person is never asked (rule 3). Ask about the community in other words.",
        ],
    ),
    "4 a list without a refusal": (
        [("choices/frequency.yaml", "  - name: pna\n", "  - name: refused\n")],
        [
            "choices/frequency.yaml: frequency: has no 'pna', yet people are asked with it (CTE-COM-012, "
            "CTE-COM-016, CTE-COM-017, CTE-COM-019, CTE-COM-020, CTE-COM-021, CTE-COM-022, CTE-COM-023, "
            "CTE-COM-024, CTE-COM-028, CTE-COM-030, CTE-COM-036, CTE-COM-037, CTE-COM-051, CTE-HHD-009) "
            "(rule 4). Add the choice: not knowing and not answering are data.",
        ],
    ),
    "4 not knowing together with an answer": (
        [("choices/extent.yaml", "      ar: لا أعرف\n    exclusive: true\n", "      ar: لا أعرف\n")],
        [
            "choices/extent.yaml: extent: dk: can be chosen with others (rule 4). Write exclusive: true.",
        ],
    ),
    "5 people counted by informants": (
        [("indicators/CTE-COM-003.yaml", "unit: households", "unit: persons")],
        [
            "indicators/CTE-COM-003.yaml: CTE-COM-003: a field question counts persons: informants cannot "
            "count people, they tell of a place (rule 5). Ask about the site or community, or set "
            "field_default to never.",
        ],
    ),
    "6 asked although the data exist": (
        [("indicators/CTE-COM-004.yaml", "field_default: if_gap", "field_default: 'yes'")],
        [
            "indicators/CTE-COM-004.yaml: CTE-COM-004: is asked freely in the field, although existing data "
            "are the better source (rule 6). Set field_default to if_gap or never.",
        ],
    ),
    "7 a sexual answer option, by its Arabic label": (
        [("choices/exploitation_form_field.yaml", "      ar: إجبار أشخاص على التسول", "      ar: الاستغلال الجنسي")],
        [
            "choices/exploitation_form_field.yaml: exploitation_form_field: forced_begging: the label in "
            "'ar' holds 'الجنسي' and is asked by CTE-COM-026: sexual, household and armed violence belong to "
            "specialists and to the desk (rule 7). Reword it, or give the desk its own list.",
        ],
    ),
    "7 a sexual answer option, by its standard code": (
        [("choices/control_means_field.yaml", "HTCDS:MethodsOfControlThreats", "HTCDS:MethodsOfControlSexualAbuse")],
        [
            "choices/control_means_field.yaml: control_means_field: threats: stands for a desk topic "
            "(sexual, household and armed violence belong to specialists and to the desk); asked by "
            "CTE-COM-025 (rule 7). Remove it from the list of the field question.",
        ],
    ),
    "7 an armed group in a French module label": (
        [
            (
                "modules/MOD-CLO.yaml",
                "      fr: Vous êtes-vous senti(e) en sécurité",
                "      fr: Un groupe armé était-il là",
            )
        ],
        [
            "modules/MOD-CLO.yaml: MOD-CLO: clo_enum_safe: the label in 'fr' holds 'armé': sexual, household "
            "and armed violence belong to specialists and to the desk (rule 7). Use other words.",
        ],
    ),
    "7 a key informant called an informer": (
        [("modules/MOD-CTX.yaml", "ar: جنس الشخص أو المجموعة", "ar: جنس المخبر أو المجموعة")],
        [
            "modules/MOD-CTX.yaml: MOD-CTX: ctx_ki_sex: the word means a police informer and puts key "
            "informants in danger (rule 7). Write مصدر المعلومات or الشخص الذي تمت مقابلته.",
        ],
    ),
    "8 a period that one language does not say": (
        [("indicators/CTE-COM-046.yaml", "l’exploitation {r}", "l’exploitation")],
        [
            "indicators/CTE-COM-046.yaml: CTE-COM-046: the question in fr does not say the recall period "
            "(rule 8). Put {r} where the period is to be read.",
            "indicators/CTE-COM-046.yaml: CTE-COM-046: the languages differ in {r} (rule 19). Put the same "
            "placeholders into every language, each once.",
        ],
    ),
    "8 a period in the question and none in the entry": (
        [("indicators/CTE-COM-046.yaml", "recall: P3M", "recall: none")],
        [
            "indicators/CTE-COM-046.yaml: CTE-COM-046: the question holds {r} and has no recall period (rule "
            "8). Set recall, or remove {r}.",
        ],
    ),
    "9 a sensitive sign of trafficking asked in a group": (
        [("indicators/CTE-COM-021.yaml", "methods:\n", "methods:\n  - fgd\n")],
        [
            "indicators/CTE-COM-021.yaml: CTE-COM-021: a sensitive sign of trafficking is asked in a group "
            "(rule 9). Remove the method fgd.",
        ],
    ),
    "9 children observed": (
        [
            (
                "indicators/CTE-COM-048.yaml",
                "  en: Which of these features can be seen at the site?",
                "  en: Which children can be seen at the site?",
            )
        ],
        [
            "indicators/CTE-COM-048.yaml: CTE-COM-048: 'children' stands in the text in 'en': watching "
            "children or vehicles draws attention to them (rule 9). Remove the method observation.",
        ],
    ),
    "9 employers asked about exploitation": (
        [("catalogue.yaml", "  - economy\n", "")],
        [
            "catalogue.yaml: sensitive_excludes: informants of the group 'economy' would be asked about "
            "exploitation in which they may have a part (rule 9). Add '- economy'.",
        ],
    ),
    "9 an informant group that nobody has": (
        [("catalogue.yaml", "  - economy\n", "  - economy\n  - traders\n")],
        [
            "catalogue.yaml: sensitive_excludes: 'traders' is no code of ki_group (rule 9). Correct or remove it.",
        ],
    ),
    "10 no guide for disclosures": (
        [("modules/MOD-DIS.yaml", "  - name: dis_guide\n    type: note", "  - name: dis_hint\n    type: note")],
        [
            "modules/MOD-DIS.yaml: MOD-DIS: there is no note 'dis_guide' that tells what to do when somebody "
            "tells of a real case (rule 10). Put the note back: forms show it before sensitive questions.",
        ],
    ),
    "11 a follow-up to a number": (
        [("indicators/CTE-COM-013.yaml", "depends_on:\n  - CTE-COM-012", "depends_on:\n  - CTE-COM-003")],
        [
            "catalogue.yaml: core_field_form: CTE-COM-013 is there without CTE-COM-003, which it depends on "
            "(rule 13). Add CTE-COM-003 or take CTE-COM-013 out.",
            "indicators/CTE-COM-013.yaml: CTE-COM-013: depends on CTE-COM-003, which is not a select of its "
            "own (rule 11). Depend on the select that opens the topic.",
            "indicators/CTE-COM-013.yaml: CTE-COM-013: depends on CTE-COM-003, which is not asked by fgd "
            "(rule 11). Give both the same methods.",
        ],
    ),
    "11 a follow-up to nothing": (
        [("indicators/CTE-COM-033.yaml", "depends_on:\n  - CTE-COM-032", "depends_on:\n  - CTE-COM-932")],
        [
            "indicators/CTE-COM-033.yaml: CTE-COM-033: depends on CTE-COM-932, which does not exist (rule "
            "11). Correct or remove it.",
        ],
    ),
    "11 a second question in free text": (
        [("indicators/CTE-COM-045.yaml", "response_type: select_one\nchoices: travel_time", "response_type: text")],
        [
            "choices/travel_time.yaml: travel_time: no question uses it (rule 17). Remove the file, or name "
            "it in a question.",
            "indicators/CTE-COM-045.yaml: CTE-COM-045: a second question takes free text (rule 11). Give it "
            "closed answers.",
        ],
    ),
    "11 a long open note": (
        [("catalogue.yaml", "at_most: 300", "at_most: 1000")],
        [
            "catalogue.yaml: open_note: the open note may have 1000 characters (rule 11). Write at_most: 300 or less.",
        ],
    ),
    "13 the core form with a question that needs a reason": (
        [("catalogue.yaml", "  - CTE-COM-001\n", "  - CTE-COM-001\n  - CTE-COM-004\n")],
        [
            "catalogue.yaml: core_field_form: CTE-COM-004 is not asked of informants without a reason (rule "
            "13). Take it out: it needs field_default yes and the method ki.",
        ],
    ),
    "13 the core form without the question another depends on": (
        [("catalogue.yaml", "  - CTE-COM-012\n", "")],
        [
            "catalogue.yaml: core_field_form: CTE-COM-013 is there without CTE-COM-012, which it depends on "
            "(rule 13). Add CTE-COM-012 or take CTE-COM-013 out.",
            "catalogue.yaml: core_field_form: CTE-COM-014 is there without CTE-COM-012, which it depends on "
            "(rule 13). Add CTE-COM-012 or take CTE-COM-014 out.",
            "catalogue.yaml: core_field_form: CTE-COM-015 is there without CTE-COM-012, which it depends on "
            "(rule 13). Add CTE-COM-012 or take CTE-COM-015 out.",
            "catalogue.yaml: core_field_form: CTE-COM-017 is there without CTE-COM-012, which it depends on "
            "(rule 13). Add CTE-COM-012 or take CTE-COM-017 out.",
        ],
    ),
    "13 the core form with the open note": (
        [("catalogue.yaml", "  - CTE-COM-043\n", "  - CTE-COM-043\n  - CTE-COM-054\n")],
        [
            "catalogue.yaml: core_field_form: CTE-COM-054 is not asked of informants without a reason (rule "
            "13). Take it out: it needs field_default yes and the method ki.",
            "catalogue.yaml: core_field_form: the open note stands in the core form (rule 13). Take it out: "
            "a brief must ask for it.",
        ],
    ),
    "14 a part of an indicator that is in neither list": (
        [("catalogue.yaml", "    - indicator.unit\n", "")],
        [
            "catalogue.yaml: localisation: indicator.unit is in neither list (rule 14). Say whether a "
            "country may change it.",
        ],
    ),
    "14 safety items that a country may choose": (
        [("modules/MOD-SAF.yaml", "    type: note\n", "    type: note\n    localisable:\n      - choices\n")],
        [
            "modules/MOD-SAF.yaml: MOD-SAF: saf_stop may be changed, yet it is part of safety, consent or "
            "disclosure (rule 14). Allow 'wording' at most.",
        ],
    ),
    "14 answers added where there are none": (
        [("indicators/CTE-COM-003.yaml", "localisable:\n", "localisable:\n  - choices_add\n")],
        [
            "indicators/CTE-COM-003.yaml: CTE-COM-003: localisable names what it has not (rule 14). Write "
            "some of: labels, hints, examples, choices_add.",
        ],
    ),
    "15 an area too fine for the sensitivity": (
        [("indicators/CTE-COM-012.yaml", "min_release_geo: admin1", "min_release_geo: admin2")],
        [
            "indicators/CTE-COM-012.yaml: CTE-COM-012: admin2 is too fine for sensitivity 3 (rule 15). Set "
            "min_release_geo to admin1 or coarser.",
        ],
    ),
    "15 a period too short for the sensitivity": (
        [("indicators/CTE-COM-012.yaml", "min_release_period: quarter", "min_release_period: month")],
        [
            "indicators/CTE-COM-012.yaml: CTE-COM-012: a month is too short for sensitivity 3 (rule 15). Set "
            "min_release_period to quarter or longer.",
        ],
    ),
    "16 an id that tells another level": (
        [("indicators/CTE-COM-012.yaml", "level: community", "level: household")],
        [
            "indicators/CTE-COM-012.yaml: CTE-COM-012: the id says 'COM', the level says household (rule "
            "16). Correct the level; an id is never changed.",
        ],
    ),
    "16 a code that is no name": (
        [("choices/season.yaml", "  - name: dry", "  - name: Dry-1")],
        [
            "choices/season.yaml: season: Dry-1: is no code (rule 16). Use a-z, 0-9 and _, beginning with a letter.",
        ],
    ),
    "16 a code that stands twice": (
        [("choices/season.yaml", "  - name: rainy", "  - name: dry")],
        [
            "choices/season.yaml: season: dry: stands twice (rule 16). Keep one of them.",
        ],
    ),
    "17 a choice list that does not exist": (
        [("indicators/CTE-COM-012.yaml", "choices: frequency", "choices: frequencies")],
        [
            "indicators/CTE-COM-012.yaml: CTE-COM-012: there is no choice list 'frequencies' (rule 17). "
            "Correct the name or add choices/frequencies.yaml.",
        ],
    ),
    "17 a recall period that does not exist": (
        [("indicators/CTE-COM-012.yaml", "recall: P3M", "recall: P9M")],
        [
            "indicators/CTE-COM-012.yaml: CTE-COM-012: there is no recall period 'P9M' (rule 17). Write one "
            "of: P1M, P3M, P6M, P12M, since_crisis, none.",
        ],
    ),
    "17 choices at a number": (
        [("indicators/CTE-COM-003.yaml", "response_type: integer", "response_type: integer\nchoices: yn")],
        [
            "choices/yn.yaml: yn: has no 'dk', yet people are asked with it (CTE-COM-003) (rule 4). Add the "
            "choice: not knowing and not answering are data.",
            "choices/yn.yaml: yn: has no 'pna', yet people are asked with it (CTE-COM-003) (rule 4). Add the "
            "choice: not knowing and not answering are data.",
            "indicators/CTE-COM-003.yaml: CTE-COM-003: integer and choices do not fit (rule 17). A select "
            "needs choices, other types have none.",
        ],
    ),
    "17 a module that nobody lists": (
        [("catalogue.yaml", "  - MOD-EVI\n", "")],
        [
            "catalogue.yaml: modules: MOD-EVI has a file and is not listed (rule 17). Add or remove it.",
        ],
    ),
    "17 a language too few": (
        [("catalogue.yaml", "  ar: unreviewed\n", "")],
        [
            "catalogue.yaml: languages: 'ar' is missing (rule 17)."
            " Add it: every text has all the languages of languages.yaml.",
        ],
    ),
    "18 two languages that changed places": (
        [("choices/yn.yaml", "      es: 'No'\n      ar: لا", "      es: لا\n      ar: 'No'")],
        [
            "choices/yn.yaml: yn: no: the text in 'ar' is not in the script of that language (rule 18). Look "
            "whether two languages changed places.",
            "choices/yn.yaml: yn: no: the text in 'es' is not in the script of that language (rule 18). Look "
            "whether two languages changed places.",
        ],
    ),
    "18 an invisible character": (
        [("choices/yn.yaml", "      fr: Oui", '      fr: "Ou\\u200bi"')],
        [
            "choices/yn.yaml: yn: yes: the text in 'fr' holds a line break or an invisible character (rule "
            "18). Type it again on one line.",
        ],
    ),
    "18 a doubled space": (
        [("choices/yn.yaml", "      en: 'Yes'", "      en: 'Yes  sir'")],
        [
            "choices/yn.yaml: yn: yes: the text in 'en' has a space too many (rule 18). Remove spaces at the "
            "ends and doubled spaces.",
        ],
    ),
    "19 a placeholder with a typing error": (
        [("indicators/CTE-COM-046.yaml", "l’exploitation {r}", "l’exploitation {R}")],
        [
            "indicators/CTE-COM-046.yaml: CTE-COM-046: the question in fr does not say the recall period "
            "(rule 8). Put {r} where the period is to be read.",
            "indicators/CTE-COM-046.yaml: CTE-COM-046: '{R}' has no meaning here (rule 19). Remove it or "
            "correct its spelling.",
            "indicators/CTE-COM-046.yaml: CTE-COM-046: the languages differ in {R} {r} (rule 19). Put the "
            "same placeholders into every language, each once.",
        ],
    ),
    "19 a consent text without minutes in one language": (
        [("modules/MOD-CON.yaml", "environ {minutes}", "environ 25")],
        [
            "modules/MOD-CON.yaml: MOD-CON: con_script: the languages differ in {minutes} (rule 19). Put the "
            "same placeholders into every language, each once.",
        ],
    ),
    "19 minutes where nobody fills them in": (
        [
            (
                "modules/MOD-CLO.yaml",
                "      en: Did you feel safe?",
                "      en: Did you feel safe for {minutes} minutes?",
            )
        ],
        [
            "modules/MOD-CLO.yaml: MOD-CLO: clo_enum_safe: '{minutes}' has no meaning here (rule 19). Remove "
            "it or correct its spelling.",
            "modules/MOD-CLO.yaml: MOD-CLO: clo_enum_safe: the languages differ in {minutes} (rule 19). Put "
            "the same placeholders into every language, each once.",
        ],
    ),
    "20 a limit that all answers reach": (
        [("indicators/CTE-COM-034.yaml", "max_select: 2", "max_select: 7")],
        [
            "indicators/CTE-COM-034.yaml: CTE-COM-034: max_select 7 does not fit a list of 6 answers (rule "
            "20). Write a number from 2 to one less than the answers, or leave it out.",
        ],
    ),
    "20 a limit at a single answer": (
        [("indicators/CTE-COM-001.yaml", "unit: site", "max_select: 3\nunit: site")],
        [
            "indicators/CTE-COM-001.yaml: CTE-COM-001: max_select stands at a question with one answer (rule "
            "20). Remove max_select.",
        ],
    ),
    "20 no method at all": (
        [("indicators/CTE-STR-001.yaml", "methods:\n  - desk\n", "")],
        [
            "indicators/CTE-STR-001.yaml: CTE-STR-001: no method answers it (rule 20). Add at least one method.",
        ],
    ),
    "21 a name that an indicator has": (
        [("modules/MOD-CTX.yaml", "  - name: ctx_method", "  - name: cte_com_001")],
        [
            "modules/MOD-CTX.yaml: MOD-CTX: cte_com_001: the name is taken by CTE-COM-001 (rule 21). Give it "
            "another name.",
        ],
    ),
    "21 a reference to nothing": (
        [("modules/MOD-CLO.yaml", "${t0}", "${t1}")],
        [
            "modules/MOD-CLO.yaml: MOD-CLO: q_minutes: refers to 't1', which no module asks (rule 21). "
            "Correct the name.",
        ],
    ),
    "21 free text in a form": (
        [("modules/MOD-EVI.yaml", "    type: select_one\n    choices: confidence\n", "    type: text\n")],
        [
            "choices/confidence.yaml: confidence: no question uses it (rule 17). Remove the file, or name it "
            "in a question.",
            "modules/MOD-EVI.yaml: MOD-EVI: evi_confidence: takes free text in a form (rule 21). Give it "
            "closed answers.",
        ],
    ),
    "22 a question before consent": (
        [
            (
                "modules/MOD-CTX.yaml",
                "      ar: جنس الشخص أو المجموعة\n    relevant: ${con_given}='yes'\n",
                "      ar: جنس الشخص أو المجموعة\n",
            )
        ],
        [
            "modules/MOD-CTX.yaml: MOD-CTX: ctx_ki_sex: is asked without consent (rule 22). Begin 'relevant' "
            "with ${con_given}='yes'.",
        ],
    ),
    "22 consent whatever the safety": (
        [("modules/MOD-CON.yaml", "${saf_role}='yes' and ${con_understood}", "${con_understood}")],
        [
            "modules/MOD-CON.yaml: MOD-CON: con_given: is asked whatever the answer to saf_role (rule 22). "
            "Add ${saf_role}='yes'.",
        ],
    ),
    "23 a second trigger": (
        [
            (
                "modules/MOD-CLO.yaml",
                "  - name: clo_code\n    type: calculate\n",
                "  - name: clo_code\n    type: calculate\n    trigger: ${clo_distress}\n",
            )
        ],
        [
            "modules/MOD-CLO.yaml: MOD-CLO: clo_code: has another trigger than the clock's; some servers "
            "drop a form's second trigger unsaid (rule 23). Use ${clo_enum_safe} or no trigger.",
        ],
    ),
    "23 an optional end of the clock": (
        [
            (
                "modules/MOD-CLO.yaml",
                "      ar: هل شعرتم بالأمان؟\n    required: true\n",
                "      ar: هل شعرتم بالأمان؟\n",
            )
        ],
        [
            "modules/MOD-CLO.yaml: MOD-CLO: clo_enum_safe: may stay unanswered, and then the start time "
            "stays in the form (rule 23). Make it required, without relevance.",
        ],
    ),
    "23 a start time that is kept": (
        [
            (
                "modules/MOD-WHO.yaml",
                "    transform: drop\n",
                "    transform: keep\n    standard_field: submission.started\n",
            )
        ],
        [
            "modules/MOD-WHO.yaml: MOD-WHO: t0: keeps the start time (rule 23). Set transform to drop.",
        ],
    ),
    "24 an enumerator code that is kept": (
        [
            (
                "modules/MOD-WHO.yaml",
                "    privacy_class: direct\n    transform: pseudonym",
                "    privacy_class: direct\n    transform: keep",
            )
        ],
        [
            "modules/MOD-WHO.yaml: MOD-WHO: ctx_enum: an answer of class direct must not be treated as "
            "'keep' (rule 24). Use one of: drop, pseudonym.",
        ],
    ),
    "24 an answer that goes nowhere": (
        [("modules/MOD-CTX.yaml", "    standard_field: observation.method\n", "")],
        [
            "modules/MOD-CTX.yaml: MOD-CTX: ctx_method: a dropped answer has no standard field, any other "
            "answer has one (rule 24). Add or remove standard_field.",
        ],
    ),
    "25 a theme without indicator": (
        [("indicators/CTE-STR-027.yaml", "theme: evidence", "theme: trend")],
        [
            "indicators: evidence: no indicator is about evidence (rule 25). Add one, or put back what was removed.",
        ],
    ),
    "26 a category under a tag for numbers": (
        [("indicators/CTE-COM-042.yaml", "hxl: '#service+code'", "hxl: '#affected+code'")],
        [
            "indicators/CTE-COM-042.yaml: CTE-COM-042: #affected takes numbers only (rule 26). Write "
            "#indicator+...+code for a category.",
        ],
    ),
    "26 one tag for two indicators": (
        [("indicators/CTE-COM-052.yaml", "hxl: '#need+code'", "hxl: '#service+code'")],
        [
            "indicators/CTE-COM-052.yaml: CTE-COM-052: has the tag of CTE-COM-042 (rule 26). Give each "
            "indicator its own tag.",
        ],
    ),
    "26 something that is no tag": (
        [("indicators/CTE-COM-052.yaml", "hxl: '#need+code'", "hxl: need code")],
        [
            "indicators/CTE-COM-052.yaml: CTE-COM-052: hxl is not a tag for an answer (rule 26). Write e.g. "
            "#indicator+cte_com_001+code.",
        ],
    ),
    "2 a desk topic allowed where there is a gap": (
        [("indicators/CTE-HHD-016.yaml", "field_default: never", "field_default: if_gap")],
        [
            "indicators/CTE-HHD-016.yaml: CTE-HHD-016: may be asked in the field, yet no method asks it "
            "(rule 1). Add a method or set never.",
            "indicators/CTE-HHD-016.yaml: CTE-HHD-016: the question (en, fr, es, ar) is about a desk topic: "
            "sexual, household and armed violence belong to specialists and to the desk (rule 2). Keep the "
            "method desk only, with field_default never.",
            "indicators/CTE-HHD-016.yaml: CTE-HHD-016: the question in ar, en, es, fr does not say the "
            "recall period (rule 8). Put {r} where the period is to be read.",
        ],
    ),
    "7 a name asked by a module": (
        [("modules/MOD-CTX.yaml", "      en: Site\n", "      en: Name of the site\n")],
        [
            "modules/MOD-CTX.yaml: MOD-CTX: ctx_site: the label in 'en' holds 'name': what identifies a "
            "person is never asked (rule 7). Use other words.",
        ],
    ),
    "7 an informer in a question": (
        [("indicators/CTE-COM-012.yaml", "قيام أشخاص غرباء", "قيام المخبرين")],
        [
            "indicators/CTE-COM-012.yaml: CTE-COM-012: the word means a police informer and puts key "
            "informants in danger (rule 7). Write مصدر المعلومات or الشخص الذي تمت مقابلته.",
        ],
    ),
    "7 an informer in an answer": (
        [("choices/ki_group.yaml", "ar: سلطة محلية", "ar: مخبر محلي")],
        [
            "choices/ki_group.yaml: ki_group: authority: the word means a police informer and puts key "
            "informants in danger (rule 7). Write مصدر المعلومات or الشخص الذي تمت مقابلته.",
        ],
    ),
    "11 a follow-up to a follow-up": (
        [("indicators/CTE-COM-014.yaml", "  - CTE-COM-012", "  - CTE-COM-013")],
        [
            "indicators/CTE-COM-014.yaml: CTE-COM-014: depends on CTE-COM-013, which is not a select of its "
            "own (rule 11). Depend on the select that opens the topic.",
        ],
    ),
    "11 an open note that is not treated as one": (
        [("indicators/CTE-COM-054.yaml", "sensitivity: 4", "sensitivity: 3")],
        [
            "indicators/CTE-COM-054.yaml: CTE-COM-054: the open note is not a text of sensitivity 4 (rule "
            "11). It may hold anything: treat it so.",
        ],
    ),
    "11 an open note that is not there": (
        [("catalogue.yaml", "indicator: CTE-COM-054", "indicator: CTE-COM-954")],
        [
            "catalogue.yaml: open_note: there is no CTE-COM-954 (rule 11). Name the one indicator with a text.",
            "indicators/CTE-COM-054.yaml: CTE-COM-054: sensitivity 4 is allowed in the field (rule 1). Set "
            "field_default to never.",
            "indicators/CTE-COM-054.yaml: CTE-COM-054: the question in 'ar' holds 'اسماء': what identifies a "
            "person is never asked (rule 3). Ask about the community in other words.",
            "indicators/CTE-COM-054.yaml: CTE-COM-054: the question in 'en' holds 'names': what identifies a "
            "person is never asked (rule 3). Ask about the community in other words.",
            "indicators/CTE-COM-054.yaml: CTE-COM-054: the question in 'es' holds 'nombres': what identifies "
            "a person is never asked (rule 3). Ask about the community in other words.",
            "indicators/CTE-COM-054.yaml: CTE-COM-054: the question in 'fr' holds 'noms': what identifies a "
            "person is never asked (rule 3). Ask about the community in other words.",
            "indicators/CTE-COM-054.yaml: CTE-COM-054: a second question takes free text (rule 11). Give it "
            "closed answers.",
        ],
    ),
    "13 the core form with an observation": (
        [("catalogue.yaml", "  - CTE-COM-043\n", "  - CTE-COM-043\n  - CTE-COM-048\n")],
        [
            "catalogue.yaml: core_field_form: CTE-COM-048 is not asked of informants without a reason (rule "
            "13). Take it out: it needs field_default yes and the method ki.",
        ],
    ),
    "14 a part of an indicator that is in both lists": (
        [("catalogue.yaml", "    - indicator.question\n", "    - indicator.question\n    - indicator.unit\n")],
        [
            "catalogue.yaml: localisation: indicator.unit is in both lists (rule 14). Keep one.",
        ],
    ),
    "16 a version before the first": (
        [("indicators/CTE-COM-012.yaml", "version: 1", "version: 0")],
        [
            "indicators/CTE-COM-012.yaml: CTE-COM-012: versions begin with 1 (rule 16). Write version: 1.",
        ],
    ),
    "17 a version that is no version": (
        [("catalogue.yaml", "version: '1.0.0'", "version: '1.0'")],
        [
            "catalogue.yaml: the version is not of the form 1.2.3 (rule 17). Write e.g. version: 1.0.0.",
        ],
    ),
    "17 a module that is listed and not there": (
        [("catalogue.yaml", "  - MOD-EVI\n", "  - MOD-EVI\n  - MOD-XYZ\n")],
        [
            "catalogue.yaml: modules: MOD-XYZ is listed and has no file (rule 17). Add or remove it.",
        ],
    ),
    "20 a limit of one answer": (
        [("indicators/CTE-COM-034.yaml", "max_select: 2", "max_select: 1")],
        [
            "indicators/CTE-COM-034.yaml: CTE-COM-034: max_select 1 does not fit a list of 6 answers (rule "
            "20). Write a number from 2 to one less than the answers, or leave it out.",
        ],
    ),
    "21 a module item without a proper name": (
        [("modules/MOD-CTX.yaml", "  - name: ctx_method", "  - name: ctx-method")],
        [
            "modules/MOD-CTX.yaml: MOD-CTX: ctx-method: is no name for a question (rule 21). Use a-z, 0-9 "
            "and _, beginning with a letter.",
        ],
    ),
    "21 a select without choices": (
        [("modules/MOD-CTX.yaml", "    choices: ki_sex\n", "")],
        [
            "choices/ki_sex.yaml: ki_sex: no question uses it (rule 17). Remove the file, or name it in a question.",
            "modules/MOD-CTX.yaml: MOD-CTX: ctx_ki_sex: select_one and choices do not fit (rule 21). A "
            "select needs choices, others have none.",
        ],
    ),
    "21 a module with a list that does not exist": (
        [("modules/MOD-EVI.yaml", "choices: confidence", "choices: trust")],
        [
            "choices/confidence.yaml: confidence: no question uses it (rule 17). Remove the file, or name it "
            "in a question.",
            "modules/MOD-EVI.yaml: MOD-EVI: evi_confidence: there is no choice list 'trust' (rule 21). "
            "Correct the name or add the list.",
        ],
    ),
    "22 the disclosure guide before consent": (
        [
            (
                "modules/MOD-DIS.yaml",
                "    relevant: ${con_given}='yes'\n    privacy_class: safe\n",
                "    privacy_class: safe\n",
            )
        ],
        [
            "modules/MOD-DIS.yaml: MOD-DIS: dis_guide: is asked without consent (rule 22). Begin 'relevant' "
            "with ${con_given}='yes'.",
        ],
    ),
    "22 distress noted without consent": (
        [
            (
                "modules/MOD-CLO.yaml",
                "    relevant: ${con_given}='yes'\n    required: true\n    privacy_class: sensitive\n",
                "    required: true\n    privacy_class: sensitive\n",
            )
        ],
        [
            "modules/MOD-CLO.yaml: MOD-CLO: clo_distress: is asked without consent (rule 22). Begin "
            "'relevant' with ${con_given}='yes'.",
        ],
    ),
    "22 consent that was not understood": (
        [("modules/MOD-CON.yaml", " and ${con_understood}='yes'", "")],
        [
            "modules/MOD-CON.yaml: MOD-CON: con_given: is asked whatever the answer to con_understood (rule "
            "22). Add ${con_understood}='yes'.",
        ],
    ),
    "23 an end of the clock that may be skipped": (
        [
            (
                "modules/MOD-CLO.yaml",
                "      ar: هل شعرتم بالأمان؟\n",
                "      ar: هل شعرتم بالأمان؟\n    relevant: ${con_given}='yes'\n",
            )
        ],
        [
            "modules/MOD-CLO.yaml: MOD-CLO: clo_enum_safe: may stay unanswered, and then the start time "
            "stays in the form (rule 23). Make it required, without relevance.",
        ],
    ),
    "26 an answer under the tag of a date": (
        [("indicators/CTE-COM-052.yaml", "hxl: '#need+code'", "hxl: '#date+need'")],
        [
            "indicators/CTE-COM-052.yaml: CTE-COM-052: hxl is not a tag for an answer (rule 26). Write e.g. "
            "#indicator+cte_com_001+code.",
        ],
    ),
    "29 two answers that read the same": (
        [("choices/season.yaml", "en: Rainy season", "en: dry season")],
        [
            "choices/season.yaml: season: rainy: the label in 'en' is also that of dry (rule 29). Tell them apart "
            "in the label.",
        ],
    ),
}


@pytest.mark.parametrize(("edits", "messages"), CASES.values(), ids=CASES)
def test_a_broken_rule_is_refused_with_its_remedy(edits: list[Edit], messages: list[str], tmp_path: Path) -> None:
    assert broken(tmp_path, *edits) == messages


def test_every_rule_is_broken_by_a_case() -> None:
    assert {int(name.split(" ")[0]) for name in CASES} == {rule.number for rule in RULES}


def test_french_spaces_where_a_line_may_break_are_advice(tmp_path: Path) -> None:
    copy = copy_of_the_catalogue(tmp_path)
    edit(copy, "modules/MOD-CLO.yaml", "senti(e) en sécurité\u00a0?", "senti(e) en sécurité ?")

    assert [str(finding) for finding in advice(catalogue.load(copy)) if finding.rule == 12] == [
        "modules/MOD-CLO.yaml: MOD-CLO: clo_enum_safe: an ordinary space stands before ? ! : ; or a percent sign, "
        "or inside « », where a line may break (rule 12). Put a no-break space (U+00A0) there."
    ]


def test_the_french_texts_of_the_product_keep_their_no_break_spaces() -> None:
    texts = [found.question["fr"] for found in catalogue.load().indicators]

    assert [finding for finding in advice(catalogue.load()) if finding.rule == 12] == []
    assert sum(text.count("\u00a0") for text in texts) == 124


def test_a_theme_without_recommended_indicator_is_advice() -> None:
    assert [str(finding) for finding in advice(catalogue.load()) if finding.rule == 28] == [
        "indicators: perpetrator_modus: no core or recommended indicator is about perpetrator_modus (rule 28). "
        "Consider a higher tier for one of them."
    ]


def test_what_a_broken_file_would_have_held_is_not_reported_missing(tmp_path: Path) -> None:
    unreadable = ("choices/frequency.yaml", "name: frequency\n", "name: [frequency\n")

    assert broken(tmp_path, unreadable) == [
        "choices/frequency.yaml: is not readable YAML, line 2: did not find expected ',' or ']'. "
        "Compare with a neighbouring file."
    ]


def test_an_unreadable_module_is_not_reported_as_unlisted(tmp_path: Path) -> None:
    assert broken(tmp_path, ("modules/MOD-EVI.yaml", "id: MOD-EVI", "id: [")) == [
        "modules/MOD-EVI.yaml: is not readable YAML, line 3: did not find expected node content. "
        "Compare with a neighbouring file."
    ]


@pytest.mark.parametrize(
    ("file", "key", "name", "message"),
    [
        (
            *("indicators/CTE-COM-041.yaml", "id", "CTE-COM-41"),
            "indicators/CTE-COM-41.yaml: CTE-COM-41: the id is not built as agreed (rule 16). "
            "Write CTE-COM-057, or LOC-<ISO3>-<ORG>-001.",
        ),
        (
            *("choices/season.yaml", "name", "Season"),
            "choices/Season.yaml: Season: is no name for a list (taken, or not made of a-z, 0-9, _) (rule 16). "
            "Rename the list.",
        ),
        (
            *("choices/season.yaml", "name", "enumerator"),
            "choices/enumerator.yaml: enumerator: is no name for a list (taken, or not made of a-z, 0-9, _) (rule 16). "
            "Rename the list.",
        ),
    ],
)
def test_a_name_that_is_not_built_as_agreed_is_refused(
    file: str, key: str, name: str, message: str, tmp_path: Path
) -> None:
    copy = copy_of_the_catalogue(tmp_path)
    old = Path(file).stem
    edit(copy, file, f"{key}: {old}", f"{key}: {name}")
    (copy / file).rename((copy / file).with_stem(name))

    assert message in findings(copy)


def test_a_local_indicator_may_stand_beside_the_standard_ones(tmp_path: Path) -> None:
    copy = copy_of_the_catalogue(tmp_path)
    text = (copy / "indicators/CTE-COM-041.yaml").read_text(encoding="utf-8").replace("CTE-COM-041", "LOC-XDM-ABC-001")
    local = text.replace("#indicator+cte_com_041+code", "#indicator+loc_xdm_abc_001+code")
    (copy / "indicators/LOC-XDM-ABC-001.yaml").write_text(local, encoding="utf-8")

    assert catalogue.load(copy).indicator("LOC-XDM-ABC-001").question_name == "loc_xdm_abc_001"


def test_the_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    edits = [edit for edits, _ in (CASES[name] for name in CASES if name[:2] in {"4 ", "5 ", "15"}) for edit in edits]

    assert len(broken(tmp_path, *edits)) == 5
